-- API.md 3: duplicate, reorder, corrupt and mtu of a link. What is doubled is applied twice, what is overtaken
-- comes a round trip late, what is damaged is lost for good (loss is only delay), and a longer message has more packets
-- to lose. A heal ends it all.
local function listed_at(n, service, v)
  local i = n:stored(service)[1]
  return i and i.metadata.v == v
end

return scenario {
  topology = { nodes = 4, lan = { rtt = ms(100) } },
  must_see = { "message.duplicated", "message.delayed", "message.lost", "message.reply_lost" },
  story    = function(w)
    local a, b, c, d = w:nodes()
    local k = w:client { name = "k", server = a }
    expect(k:register { service = "x", metadata = { v = "0" } }, "refused")
    wait(s(3))

    local function took(n, v)
      local sent = w:intercept { from = a, to = n, op = "CHANGE", action = "observe" }
      expect(k:update { service = "x", metadata = { v = v } }, "refused")
      eventually(s(60), function() return listed_at(n, "x", v) end, v .. " at " .. n.name)
      return now() - sent:times()[1]
    end
    expect(took(b, "1") == ms(50), "a message takes half the round trip")

    w:link(a, b, { duplicate = percent(100) })
    local applied = b:counters().applied
    local once = c:counters().applied
    took(b, "2")
    wait(s(1))
    expect(b:counters().applied - applied == 2 and c:counters().applied - once == 1, "doubled")
    w:heal()

    w:link(a, b, { reorder = percent(100) })
    expect(took(b, "3") == ms(150), "overtaken")
    w:heal()

    w:link(a, c, { corrupt = percent(100) })
    wait(s(30))
    local failed = a:counters(c).sync_failed
    expect(k:update { service = "x", metadata = { v = "4" } }, "refused")
    wait(s(20))
    expect(listed_at(b, "x", "4") and listed_at(c, "x", "3"), "damaged messages are not applied")
    expect(a:counters(c).sync_failed > failed, "nor answered")
    w:link(a, c, { corrupt = percent(40) })
    wait(s(30))
    w:heal()
    eventually(s(30), function() return w:converged() end, "the heal ends it")

    -- One packet in five is lost: of thirty in a row some always are.
    local function late(link)
      local sum = s(0)
      w:link(a, d, link)
      for i = 1, 10 do
        sum = sum + took(d, i .. ("x"):rep(3000)) - ms(50)
      end
      w:heal()
      return sum
    end
    local whole, in_packets = late { loss = percent(20) }, late { loss = percent(20), mtu = bytes(100) }
    expect(in_packets > 2 * whole, "late: whole " .. whole .. ", in packets " .. in_packets)
  end,
}
