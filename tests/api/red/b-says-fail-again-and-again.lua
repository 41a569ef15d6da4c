-- 1 verify_quiet: b drops what repairs it
return scenario {
  topology = { nodes = 3 },
  always   = { checks.verify_quiet {} },
  story    = function(w)
    local a, b, c = w:nodes()
    w:intercept { op = "CHANGE", to = b, action = "refuse_apply", reply = "ok", nth = "all" }
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(30))
  end,
}
