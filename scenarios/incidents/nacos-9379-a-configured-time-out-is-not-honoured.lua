-- A cluster over two sites: constant "sync failed" and repeated pushes, and raising the push's time-out in the
-- configuration changes nothing: nacos#9379.
-- Affected: 2.0.0 to 2.0.4; cured in 2.1.0. The time-out was a constant; then it was read by the constructor of
-- DistroConfig's parent, and DistroConfig's own field initialisers, which run later, put 3 s back.
-- An answer under way for 3.5 s is a failure then, though the push was applied, and it is sent again without end.
-- Found: the catalogue's recipe, 1.6 s one way, shows nothing: no connection comes to stand at all there, since
-- ServerCheckRequest has 3 s. It takes a link that is fast enough for that and slow for pushes: queues.
local incident = require "incident"

return scenario {
  params   = { late = s(3.5), timeout = s(10) },
  topology = function(p)
    return { nodes = 3, lan = { rtt = ms(1) },
             settings = { ["nacos.core.protocol.distro.data.sync.timeoutMs"] = p.timeout } }
  end,
  must_see = { "client.registered" },

  story = function(w, p)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    wait(between(s(6), s(12)))
    local shop = w:client { name = "shop-1", server = a }
    step "a shop opens; what answers a's pushes is slow"
    local pushes = w:intercept { from = a, op = "CHANGE", nth = "all", action = "delay_reply", by = p.late }
    expect(shop:register { service = "shop" }, "it was refused")
    wait(s(60))
    measure("pushes", pushes:seen())
    expect(w:all_know(shop), "it was not applied")
    -- One to each peer; and one more to each, if a VERIFY came first.
    expect(pushes:seen() <= 2 * 2, "one change is pushed again and again")
  end,
}
