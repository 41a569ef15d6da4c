-- A client that closes is gone everywhere after fifteen seconds: wrong if the network hiccups meanwhile.
-- Around that stands a crowd that has nothing to do with it.
return scenario {
  params   = { crowd = 8 },
  topology = { nodes = 5, lan = { rtt = ms(1), jitter = percent(20) } },
  always   = { checks.no_zombies { grace = s(15) }, checks.view_matches_store {} },
  story    = function(w, p)
    local a, b, c, d, e = w:nodes()
    local crowd = {}
    for i = 1, p.crowd do
      crowd[i] = w:client { name = "crowd-" .. i, server = one_of { a, b, c, d, e } }
      crowd[i]:register { service = one_of { "shop", "bank", "post" }, metadata = { number = tostring(i) } }
      wait(between(ms(100), s(1)))
    end
    local shop = w:client { name = "shop-1", server = a }
    shop:register { service = "shop" }
    w:pause(d, s(2))
    wait(between(s(3), s(6)))
    step "a hiccup between a and c, during which shop-1 changes and leaves"
    w:cut(a, c)
    shop:update { service = "shop", weight = 2 }
    wait(between(s(3.2), s(3.8)))
    crowd[2]:update { service = "shop", weight = 3 }
    shop:close()
    wait(s(4))
    w:heal()
    wait(s(10))
    w:restart(e)
    wait(s(30))
    crowd[1]:close()
    wait(s(30))
  end,
}
