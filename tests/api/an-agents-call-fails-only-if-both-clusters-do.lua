-- calls in a row, failures swallowed, start-up one stack after the other, each stack its own redo.
return scenario {
  topology = { clusters = { east = { nodes = 2 }, west = { nodes = 3 } }, wan = { rtt = ms(40) } },
  must_see = { "client.redo", "client.failed" },
  story = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local function call(k, name, options)
      local from, handle = now(), k:post(name, options)
      eventually(minutes(3), function() return handle:done() ~= nil end, "the call ends")
      local ok, why = handle:done()
      return now() - from, ok, why
    end

    step "2.x: the secondary is a black hole at the start"
    w:cut("east", "west")
    local k = w:client { dual = { "east", "west" } }
    local took, ok = call(k, "register", { service = "shop" })
    expect(ok and took >= s(12.3) and took <= s(12.6), "four attempts of 3 s, then four rests of 0.1 s: " .. took / s(1))
    expect(w:traffic { from = k, op = "CONNECT" }.messages == 2 * 2 + 5, "two stacks to the east; four attempts and the next")
    wait(s(3))
    expect(east:all_know(k) and west:none_knows(k), "it is registered where it can be")
    expect(k:server().cluster == "east" and k:server "west" == nil)
    w:heal()
    eventually(s(12), function() return west:all_know(k) end, "the stack's own redo")
    expect(k:counters().redos == 1)
    step "2.x: a secondary lost later costs 3 s, then nothing but the rests"
    w:cut("east", "west")
    took, ok = call(k, "update", { service = "shop", metadata = { v = "2" } })
    expect(ok and took >= s(3) and took <= s(3.2), "one black hole: " .. took / s(1))
    wait(s(15))
    took, ok = call(k, "update", { service = "shop", metadata = { v = "3" } })
    expect(ok and took >= s(0.3) and took <= s(0.5), "not connected: " .. took / s(1))
    expect(east:node "n1":instances "shop"[1].metadata.v ~= nil)
    step "2.x: both are gone"
    w:blackhole { east:nodes() }
    local why
    took, ok, why = call(k, "deregister", { service = "shop" })
    expect(ok == false and why == "time-out", "the primary's error is thrown: " .. tostring(why))
    w:heal()
    eventually(s(60), function() return w:none_knows(k) end, "redo takes it back in both")
    expect(w:converged())
    k:close()

    step "1.x: a call to each, all servers of both"
    w:cut("east", "west")
    local old = w:client { dual = { "east", "west" }, kind = "nacos-client-1" }
    took, ok = call(old, "register", { service = "shop" })
    expect(ok and took >= s(9) and took <= s(9.2), "three servers, 3 s each: " .. took / s(1))
    expect(east:node(old:server().name):knows(old) and west:none_knows(old))
    w:blackhole { east:nodes() }
    took, ok, why = call(old, "update", { service = "shop", metadata = { v = "2" } })
    expect(ok == false and why == "time-out" and took >= s(15) and took <= s(15.2), "five servers: " .. took / s(1))
    w:heal()
    eventually(s(30), function() return east:all_know(old) end, "beats bring it through in the east")
    old:close()

    step "2.0.3: the second stack finds the service in the cache and does not subscribe"
    for sdk, expected in pairs { ["2.0.3"] = 0, ["2.0"] = 1 } do
      local before = west:traffic { op = "SUBSCRIBE" }.messages
      local deaf = w:client { dual = { "east", "west" }, sdk = sdk }
      expect(deaf:subscribe "shop")
      wait(s(10))
      expect(west:traffic { op = "SUBSCRIBE" }.messages - before == expected, sdk)
    end
    step "the ideal one asks both at once"
    local ideal = w:client { dual = { "east", "west" }, agent = "ideal" }
    wait(s(1))
    w:cut("east", "west")
    took, ok = call(ideal, "register", { service = "shop" })
    expect(ok and took <= s(3.2) and east:node(ideal:server().name):knows(ideal))
  end,
}
