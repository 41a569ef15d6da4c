-- API.md 3: drop_above of a link. What is larger never arrives, an answer neither; what is small passes; a heal ends it.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1), drop_above = kib(8) } },
  must_see = { "message.lost" },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { name = "k", server = a }
    wait(s(2))
    expect(k:register { service = "small" }, "what is small passes")
    eventually(s(10), function() return b:knows(k) and c:knows(k) end, "small at all")

    w:link(a, b, { drop_above = kib(2) })
    expect(k:register { service = "large", metadata = { v = ("x"):rep(3000) } }, "clients' links are others")
    wait(s(20))
    expect(#c:stored("large") == 1, "the other link lets it pass")
    expect(#b:stored("large") == 0, "what is large never arrives")
    expect(a:counters(b).sync_failed > 0, "its call times out")

    w:heal()
    eventually(s(60), function() return w:converged() end, "the heal ends it")
    expect(not k:register { service = "huge", metadata = { v = ("x"):rep(9000) } }, "the LAN's own limit stays")
  end,
}
