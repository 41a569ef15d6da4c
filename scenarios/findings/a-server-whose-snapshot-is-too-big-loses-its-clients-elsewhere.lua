-- A cluster grows over the message limit, a server restarts, and three minutes later the instances that are
-- registered with it begin to vanish from all other servers, though they are alive.
-- In Nacos: the snapshot is one message. Above nacos.remote.client.grpc.maxinbound.message.size (10 MiB) the
-- restarted node refuses it from every peer, every 30 s, for ever (nacos#8594). VERIFY brings it everything
-- all the same, but it never counts as loaded, and DistroVerifyTimedTask sends nothing before that: no server
-- renews the leases of its own clients on the others (PROTOCOL.md 7, incident NDB-20).
-- The limit is small here to keep the story small; --set limit=1000000 is enough for it, and --set cured=true sends
-- the snapshot in pieces of any number (distrosim.limitSnapshot = false).
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { limit = 20000, clients = 60, cured = false },
  topology = function(p)
    local own = { ["nacos.remote.client.grpc.maxinbound.message.size"] = p.limit }
    if p.cured then own["distrosim.limitSnapshot"] = false end
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, settings = { n1 = own } }
  end,
  must_see = { "snapshot.requested", "snapshot.served" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "sixty clients, about 630 bytes of snapshot each, live on b and c; a restarts"
    local fleet = w:fleet { name = "fleet", server = b, clients = p.clients, services = 6, over = s(2) }
    wait(s(6))
    w:restart(a)
    local booted = now()
    eventually(bounds.after_heal(s(0), 3) + bounds.repair(), function() return a:knows(fleet) end,
               "VERIFY or the snapshot brings all to a")

    step "shops open on a"
    local open = shops.open(w, { count = 5, name = "shop", service = "shop", servers = { a } })
    eventually(bounds.push(), function() return w:all_know(open) end, "the shops are known everywhere")
    local missing = watch(function() return not (b:knows(open) and c:knows(open)) end)
    wait(minutes(4))

    if a:state().initialised then
      expect(p.limit >= 40000 or not a:setting "distrosim.limitSnapshot", "a took what is too big")
      expect(not missing:first(), "a living shop was dropped")
      return
    end
    step "a has loaded from nobody, and its shops are gone from the others"
    expect(a:counters().load_attempts >= 2 * 7, "a did not go on trying")
    expect(a:counters().verify_sent == 0, "a verifies though it has not loaded")
    expect(missing:first(), "b and c kept the shops")
    expect(a:knows(open), "a lost its own shops")
    expect(not b:knows(open) and not c:knows(open), "b or c has them again")
    measure("gone from b or c after", missing:first() - booted)
  end,
}
