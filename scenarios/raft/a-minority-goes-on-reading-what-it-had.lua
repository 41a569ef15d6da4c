-- Reads of persistent instances are local: a server that is cut off lists what it had for as long as the cut lasts, and writes there fail.
local raft = require "raft"

return scenario {
  params = { cut_for = s(60) },
  topology = { nodes = 3 },
  must_see = { "link.cut", "raft.stepdown" },
  always = raft.safety,
  story = function(w, p)
    local leader = raft.leader(w)
    local others = raft.followers(w)
    local first = w:client { name = "first", server = leader }
    expect(first:register { service = "db", ephemeral = false }, "the first")
    wait(s(1))
    step "the leader is alone, with its clients"
    local second = w:client { name = "second", server = others[1] }
    w:isolate(leader)
    wait(s(20)) -- 5 to 11 s until another leads, 5 to 10 s more until the other server knows
    expect(second:register { service = "db", ephemeral = false }, "the majority goes on")
    expect(first:deregister { service = "db", ephemeral = false } == false, "the minority commits")
    wait(p.cut_for - s(23))
    expect(#leader:instances "db" == 1 and #others[1]:instances "db" == 2, "reads are local")
    expect(leader:knows(first) and not leader:knows(second), "the minority lists what it had")
    step "the network heals"
    w:heal()
    -- With the next heartbeat it hears of the new leader, and with the one after that what is committed.
    within(s(0), s(2), function() return leader:knows(second) end, "it has caught up")
  end,
}
