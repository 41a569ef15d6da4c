-- A leader that hears of no majority goes on believing for 4.5 to 7 s; meanwhile, or later, the others elect one of their own.
local raft = require "raft"

return scenario {
  params = { nodes = 3 },
  topology = function(p) return { nodes = p.nodes, raft = true } end,
  must_see = { "raft.stepdown", "link.cut" },
  always = raft.safety,
  story = function(w)
    local first = raft.leader(w)
    wait(between(s(1), s(9)))
    step "the leader is alone"
    w:isolate(first)
    local cut = now()
    local down = watch(function() return first:raft().role ~= "leader" end)
    local second, took = raft.await_leader(w, first, s(11.1))
    measure("another leads after", took)
    eventually(s(7.1), function() return first:raft().role == "follower" end, "the first steps down")
    measure("the first steps down after", down:first() - cut)
    expect(first:raft().leader == nil, "cut off, it knows of a leader")
    step "the network heals"
    w:heal()
    eventually(s(2), function() return first:raft().leader == second.name end, "it follows the second")
  end,
}
