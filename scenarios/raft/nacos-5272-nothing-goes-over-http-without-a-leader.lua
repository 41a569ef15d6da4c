-- nacos#5272: a server of 2.0.0 that knows of no leader answers 503 to everything over HTTP, ephemeral instances included; 2.0.1 asks Raft for Raft's data only.
local raft = require "raft"

return scenario {
  params = { profile = "nacos-2.0.0" },
  topology = function(p) return { nodes = 3, profile = p.profile, clients = "nacos-client-1", raft = true } end,
  must_see = { "node.crash" },
  story = function(w, p)
    local leader = raft.leader(w)
    local shop = w:client { name = "shop-1", server = leader }
    expect(shop:register { service = "shop" }, "with a leader")
    w:crash(raft.followers(w))
    wait(s(10))
    local late = w:client { name = "shop-2", server = leader }
    local ok = late:register { service = "shop" }
    expect(ok == not setting "distrosim.readyNeedsLeader", "an ephemeral registration: " .. tostring(ok))
  end,
}
