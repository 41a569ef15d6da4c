-- Five minutes of crashes with disks that lose what was not synced, of cuts, stalls and bad links, while clients write and operators change their minds: Raft's promises hold, and afterwards all agree.
local raft = require "raft"

return scenario {
  params = { servers = 3, weather = minutes(5), crash = per_minute(4), partition = per_minute(3), pause = per_minute(2) },
  topology = function(p)
    return { nodes = p.servers, raft = true, lan = { rtt = between(us(300), ms(5)), loss = ratio(1, 1000) } }
  end,
  must_see = { "raft.leader", "raft.commit", "node.crash", "link.cut" },
  always = raft.safety,
  story = function(w, p)
    local servers = { w:nodes() }
    w:disk(servers, { latency = between(ms(1), ms(20)), torn = true, lose_unsynced = true })
    local clients = {}
    for i = 1, 6 do
      local n = servers[(i - 1) % #servers + 1]
      clients[i] = w:client { name = "c" .. i, server = n, kind = one_of { "nacos-client-1", "nacos-client-2" } }
    end
    step "the weather turns, and writes go on"
    w:chaos { for_ = p.weather, crash = p.crash, partition = p.partition, pause = p.pause, link = per_minute(1), keep = 1 }
    for i, k in ipairs(clients) do
      spawn(function()
        while now() < p.weather do
          wait(between(ms(100), s(8)))
          if i % 3 == 0 then
            k:deregister { service = "db", ephemeral = false }
          else
            k:register { service = "db", ephemeral = false, metadata = { round = tostring(now() // ms(1)) } }
          end
          wait(between(ms(0), s(4)))
          if i % 3 == 0 then
            k:register { service = "db", ephemeral = false }
          elseif i == 1 then
            w:override { service = "db", ip = clients[2].ip, weight = between(1, 9), server = one_of(servers) }
          end
        end
      end)
    end
    wait(p.weather + s(1))
    step "it clears"
    -- An election, at most 11 s, may fail a few times; who was away catches up within two heartbeats.
    eventually(s(60), function()
      local leader = raft.leader(w)
      if not leader then return false end
      for _, n in ipairs(servers) do
        local state = n:raft()
        if not state or state.leader ~= leader.name or state.applied ~= leader:raft().applied then return false end
      end
      return w:agree()
    end, "all agree")
  end,
}
