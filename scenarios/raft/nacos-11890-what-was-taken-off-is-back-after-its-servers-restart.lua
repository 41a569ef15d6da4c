-- nacos#11890: the client of an instance that an operator took off loses its server and registers at another; when the old connection's lease ends, the override is held for unused and deleted, and the instance is back.
return scenario {
  topology = { nodes = 3 },
  must_see = { "node.crash", "lease.expired", "raft.commit" },
  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    local consumer = w:client { name = "consumer", server = c, subscribe = { "shop" } }
    shop:register { service = "shop" }
    wait(s(3))
    expect(w:override { service = "shop", ip = shop.ip, enabled = false, server = c })
    wait(s(2))
    expect(#consumer:sees "shop" == 0, "taken off")
    step "its server crashes, and it registers at another"
    w:crash(a)
    wait(s(30))
    w:restart(a)
    expect(#consumer:sees "shop" == 0, "back at once")
    expect(b:knows(shop) and c:knows(shop), "the store lost it")
    -- The lease of the old connection, three minutes; the cleaner's 5 s; 60 s unused; the cleaner's 5 s; a push.
    local took = within(s(120), s(180 + 5 + 60 + 5 + 2 + 5), function() return #consumer:sees "shop" == 1 end,
                        "back on the lists, without an operator")
    measure("back after", took + s(30))
  end,
}
