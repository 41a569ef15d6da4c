-- What a history tells: writes that are acknowledged, refused and left open, reads of a node and of a cache,
-- one process after the other, and faults.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story = function(w)
    local a, b = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    local bar = w:client { name = "bar-1", server = b, subscribe = { "shop" } }
    step "both wait for their servers"
    wait(s(5))
    local twice = { shop:post("register", { service = "shop" }),
                    shop:post("register", { service = "tea", namespace = "far", group = "drinks" }) }
    wait(ms(500))
    expect(twice[1]:done() and twice[2]:done(), "a refused one of two registrations at a time")
    expect(#a:instances("shop") == 1, "a does not list what it acknowledged")
    eventually(s(15), function() return #b:instances("shop") == 1 end, "b lists it, too")
    wait(s(2))
    expect(#bar:sees("shop") == 1, "bar-1 was not told")
    expect(shop:update { service = "shop", weight = 2.5, metadata = { zone = "\"x\"" } }, "a refused it")
    expect(shop:deregister { service = "tea", namespace = "far", group = "drinks" }, "a refused it")
    step "a is gone"
    w:crash(a)
    expect(#a:instances("shop") == 0, "a node that is down lists something")
    w:blackhole(b)
    w:isolate(w:node "n3")
    shop:post("register", { service = "bar" })
    wait(s(20))
    bar:kill()
    shop:close()
  end,
}
