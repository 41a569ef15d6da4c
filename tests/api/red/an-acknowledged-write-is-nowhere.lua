-- 1 no_lost_write: a server that answers OK and does nothing
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_lost_write {} },
  story    = function(w)
    local k = w:client { server = "n1" }
    w:intercept { from = k, op = "REGISTER", action = "refuse_apply", reply = "ok" }
    expect(k:register { service = "x" }, "refused")
    wait(s(13))
  end,
}
