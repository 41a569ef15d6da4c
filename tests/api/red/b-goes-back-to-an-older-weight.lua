-- 1 no_rollback: a push that was delayed overwrites a newer one
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_rollback {} },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(3))
    w:intercept { from = a, to = b, op = "CHANGE", nth = 1, action = "delay", by = s(8) }
    expect(k:update { weight = 5 }, "refused")
    wait(s(5))
    expect(k:update { weight = 7 }, "refused")
    wait(s(5))
  end,
}
