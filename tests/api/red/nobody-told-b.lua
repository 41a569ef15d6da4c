-- 1 no_lost_instances: its grace of 12 s is over
return scenario {
  topology = { nodes = 3 },
  always   = { checks.no_lost_instances {} },
  story    = function(w)
    local a, b, c = w:nodes()
    w:intercept { op = "CHANGE", to = b, action = "drop", nth = "all" }
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(13.5))
  end,
}
