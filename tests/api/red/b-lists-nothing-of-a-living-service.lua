-- 1 no_empty_service: nothing told b
return scenario {
  topology = { nodes = 3 },
  always   = { checks.no_empty_service {} },
  story    = function(w)
    local a, b, c = w:nodes()
    w:intercept { op = "CHANGE", to = b, action = "drop", nth = "all" }
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(13.5))
  end,
}
