-- 1 no_lost_instances: heal and grace are over before the connections are back, which takes a resend
return scenario {
  topology = { nodes = 3 },
  always   = { checks.no_lost_instances { heal = ms(20), grace = ms(20) } },
  story    = function(w)
    local a, b, c = w:nodes()
    wait(s(1))
    w:partition({ a }, { b, c })
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(60))
    w:heal()
    wait(s(60))
  end,
}
