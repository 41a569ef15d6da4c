-- A registration is listed by every server within 1.3 s.
-- Distro waits 1 s for further changes of the client, scans its queue every 0.1 s, and sends one message to each
-- peer: 1.1 s, and a round trip.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(7))

    step "shop-1 registers with n1"
    expect(shop:register { service = "shop" }, "n1 refused it")
    expect(n1:knows(shop), "n1 does not list what it acknowledged")
    expect(not n2:knows(shop) and not n3:knows(shop), "a peer knew before it was told")
    local took = eventually(s(1.3), function() return w:all_know(shop) end, "shop-1 known everywhere")
    measure("known everywhere after", took)

    step "n2 answers a consumer"
    local consumer = w:client { name = "cart-1", server = n2, subscribe = "shop" }
    wait(s(1))
    local seen = consumer:sees "shop"[1]
    log(consumer.name, "sees", seen.ip .. ":" .. seen.port)
  end,
}
