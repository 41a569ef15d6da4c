-- A push that its caller gave up on arrives over a newer one, and takes a service off.
-- why: n2 does not list g (10.128.0.1:8080 of DEFAULT_GROUP@@svcC) at 29.200 s
-- why: CHANGE g rev 2   timed out after 3.0 s, held up by an interception; arrives at 29.0
-- why: applied: rev 3 to 2
-- why: CHANGE g rev 3   applied: rev 2 to 3
return scenario {
  topology = { nodes = 2, lan = { rtt = ms(1) } },
  story = function(w)
    local n1, n2 = w:nodes()
    local g = w:client { name = "g", server = n1 }
    expect(g:register { service = "svcA" }, "refused")
    wait_until(s(20))
    w:intercept { from = n1, to = n2, op = "CHANGE", nth = 1, action = "delay", by = s(8) }
    g:update { service = "svcA", metadata = { v = "2" } }
    wait_until(s(24.5))
    expect(g:register { service = "svcC" }, "refused")
    wait_until(s(29.2))
    expect(n2:knows(g), "n2 lacks svcC")
  end,
}
