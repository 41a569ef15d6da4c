-- 2 core: a server that answers OK and does nothing, so the core agrees on what no client says any more
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story    = function(w)
    local k = w:client { server = "n1" }
    expect(k:register { service = "x" }, "refused")
    wait(s(3))
    w:intercept { from = k, op = "REGISTER", action = "refuse_apply", reply = "ok" }
    expect(k:update { weight = 5 }, "refused")
    w:chaos { for_ = s(1), heal = "core", core = 3 }
  end,
}
