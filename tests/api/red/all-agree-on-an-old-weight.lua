-- 2 eventually: a server that answers OK and does nothing, so all agree on what no client says any more
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(3))
    expect(w:converged(), "not converged")
    w:intercept { from = k, op = "REGISTER", action = "refuse_apply", reply = "ok" }
    expect(k:update { weight = 5 }, "refused")
    expect(w:agree(), "they do not agree")
    eventually(s(20), function() return w:converged() end, "converged")
  end,
}
