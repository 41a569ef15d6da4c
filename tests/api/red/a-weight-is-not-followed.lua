-- 1 no_stale_content: b keeps the weight that its last push brought
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_stale_content { grace = s(3) } },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(3))
    expect(w:converged(), "not converged")
    w:intercept { from = a, to = b, op = "CHANGE", nth = "all", action = "delay", by = s(8) }
    expect(k:update { weight = 5 }, "refused")
    wait(s(5))
  end,
}
