-- A cluster grows, a server restarts, and three minutes later what is registered with it begins to vanish from all
-- others: snapshots of 19 to 24 MB against a limit of 10 MB, nacos#12314, #7429, #12344.
-- Affected: all releases of 2.x and 3.x; the limit can be raised, the snapshot is one message still. The restarted server
-- never counts as loaded, so it never verifies, and no server renews its clients' leases.
-- Found: so does any 2.x of that size; and in 2.0.0 the leases of 30 s make it half a minute.
local incident = require "incident"
local shops = require "shops"

return scenario {
  params   = { limit = 20000, clients = 60 },
  topology = function(p)
    return { nodes = 3, lan = { rtt = ms(1) },
             settings = { n1 = setting "distrosim.generation" ~= 1 and
                               { ["nacos.remote.client.grpc.maxinbound.message.size"] = p.limit } or nil } }
  end,
  must_see = { "client.registered" },

  story = function(w, p)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local fleet = w:fleet { name = "fleet", server = b, clients = p.clients, services = 6, over = s(2) }
    incident.settled(w, fleet)

    step "a restarts; shops open on it"
    w:restart(a)
    wait(s(30))
    local open = shops.open(w, { count = 5, name = "shop", service = "shop", servers = { a } })
    wait(s(10))
    local gap = incident.longest("gap", function() return not (b:knows(open) and c:knows(open)) end)
    wait(minutes(5))
    expect(gap() == s(0), "living clients vanished from b and c")
  end,
}
