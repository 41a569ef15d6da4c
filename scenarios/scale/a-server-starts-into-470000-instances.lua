-- A server that restarts into 470,000 instances cannot load them: it learns of them from VERIFY, and three minutes later
-- loses what is registered with it everywhere else.
-- A snapshot holds everything in one message. gRPC refuses what is larger than 10 MiB (maxinbound.message.size), so
-- beyond some 13,800 instances no peer can serve the load: each is asked in turn, every 30 s (60 s before 2.2.0), and
-- each answer is thrown away. What the peers own is repaired meanwhile: each VERIFY of a client that the server does not
-- have is answered FAIL, and the owner sends the client at the next scan. So it lists everything after the first round,
-- yet is not "initialised" for as long as the fleet is that large, and verifies nothing of its own: the leases of its
-- clients end on the others (nacos#12314; findings/a-server-whose-snapshot-is-too-big-loses-its-clients-elsewhere).
-- The profile hardened sends the snapshot in pieces: loaded, and no client is lost.
local bounds = require "bounds"
local incident = require "incident"

return scenario {
  params = { servers = 3, clients = 470000, per_service = 16.8, fill = s(120), limit = mib(10) },
  topology = function(p)
    return {
      nodes = p.servers, lan = { rtt = us(500) },
      settings = { ["nacos.remote.client.grpc.maxinbound.message.size"] = p.limit / bytes(1) },
    }
  end,
  must_see = function()
    return setting "distrosim.limitSnapshot" and { "snapshot.served", "snapshot.failed", "verify.repair", "lease.expired" }
           or { "snapshot.served", "snapshot.loaded" }
  end,

  story = function(w, p)
    local a, b, c = w:nodes()
    local limited = setting "distrosim.limitSnapshot"
    local half = p.clients // 2
    step "the fleet registers with the other servers"
    for _, n in ipairs { a, c } do
      w:fleet { name = "fleet-of-" .. n.name, clients = half, services = math.ceil(half / p.per_service), spread = "zipf",
                server = n, over = p.fill }
    end
    wait(p.fill + s(1))
    eventually(incident.push(), function() return w:converged() end, "everybody known everywhere")

    step("b restarts into " .. 2 * half .. " instances")
    w:restart(b)
    local restarted = now()
    -- Connected within 3 s; then a round, and the repairs.
    eventually(bounds.repair(us(500)) + s(5), function() return b:count() == 2 * half end, "b lists everybody")
    measure("b lists everybody after", now() - restarted)
    local shop = w:client { name = "shop", server = b }
    expect(shop:register { service = "shop" }, "b refused the shop")
    eventually(incident.push(), function() return w:all_know(shop) end, "the shop is known everywhere")

    step "a lease later"
    wait(setting "nacos.naming.client.expired.time" + s(10))
    expect(b:state().initialised ~= limited, "b has loaded what is larger than the limit, or has not what is not")
    expect(b:count() == 2 * half + 1, "b lacks somebody")
    for _, n in ipairs { a, c } do
      expect(n:count() == 2 * half + (limited and 0 or 1), n.name .. " lists the shop on b, or has lost it")
    end
    local asked = w:traffic { from = b, op = "SNAPSHOT" }
    measure("snapshots asked for", asked.messages)
    measure("MiB of them", asked.reply_bytes / mib(1))
  end,
}
