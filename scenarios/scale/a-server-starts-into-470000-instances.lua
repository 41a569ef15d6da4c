-- A server that restarts into 470,000 instances cannot load them, and learns of them from VERIFY.
-- A snapshot holds everything in one message. gRPC refuses what is larger than 10 MiB (maxinbound.message.size), so
-- beyond some 25,000 instances no peer can serve the load: each is asked in turn, every 30 s, and each answer is
-- thrown away. What the peers own is repaired meanwhile: each VERIFY of a client that the server does not have is
-- answered FAIL, and the owner sends the client at the next scan. So the server is not "initialised" for as long as
-- the fleet is that large, yet lists nearly everything after the first round; it never verifies what it owns itself.
local bounds = require "bounds"

return scenario {
  params = { servers = 3, clients = 470000, per_service = 16.8, fill = s(120), limit = mib(10), watched = s(65) },
  topology = function(p)
    return {
      nodes = p.servers, lan = { rtt = us(500) },
      settings = { ["nacos.remote.client.grpc.maxinbound.message.size"] = p.limit / bytes(1) },
    }
  end,
  must_see = { "snapshot.served", "snapshot.failed", "verify.mismatch", "verify.repair" },
  always = { checks.no_native_expiry {} },

  story = function(w, p)
    local a, b = w:nodes()
    step "the fleet registers with all servers but one"
    w:fleet { name = "fleet", clients = p.clients, services = math.ceil(p.clients / p.per_service), spread = "zipf",
              server = a, over = p.fill }
    wait(p.fill + s(1))
    eventually(bounds.push(), function() return w:converged() end, "everybody known everywhere")

    step("b restarts into " .. p.clients .. " instances")
    w:restart(b)
    local restarted = now()
    wait(bounds.repair(us(500)) + s(5))                     -- connected within 3 s; then a round, and the repairs
    expect(a:count() - b:count() < p.clients / 100, "b still lacks more than a hundredth of them")
    measure("listed after the first round", b:count())
    wait_until(restarted + p.watched)
    local state = b:state()
    expect(not state.initialised, "b has loaded a snapshot that is larger than the limit")
    measure("attempts to load", b:counters().load_attempts)
    measure("bytes of refused snapshots", w:traffic { op = "SNAPSHOT" }.reply_bytes)
    expect(w:agree(), "b lists something else than its peers")
  end,
}
