-- A client that starts when no server runs knows no instance, says an author who has not met the cache that the process before left on disk.
return scenario {
  params   = { crowd = 4 },
  topology = { nodes = 2, lan = { rtt = ms(1) } },
  story    = function(w, p)
    local a, b = w:nodes()
    for i = 1, p.crowd do
      w:client { name = "crowd-" .. i, server = one_of { a, b }, subscribe = { "bank" } }:register { service = "shop" }
      wait(between(ms(100), s(1)))
    end
    local shop = w:client { name = "shop-1", server = a }
    shop:register { service = "shop" }
    local before = w:client { name = "buyer-1", subscribe = { "shop" }, server = b }
    wait(between(s(2), s(5)))
    before:close()
    shop:close()
    w:crash(a)
    w:crash(b)
    local buyer = w:client { name = "buyer-2", subscribe = { "shop" }, load_cache_at_start = before }
    wait(s(20))
    expect(a:alive() or b:alive() or #buyer:sees "shop" == 0, "it lists somebody")
  end,
}
