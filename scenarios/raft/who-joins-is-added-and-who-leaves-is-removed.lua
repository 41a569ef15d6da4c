-- A group of three grows to five and shrinks to three others, and commits at every size.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, raft = true },
  must_see = { "node.join", "node.leave", "raft.commit" },
  always = raft.safety,
  story = function(w)
    local function all_follow()
      local leader = raft.leader(w)
      if not leader then return false end
      for _, n in ipairs(w:live_nodes()) do
        local state = n:raft()
        if state.leader ~= leader.name or state.role == "learner" or
           state.applied ~= leader:raft().applied then
          return false
        end
      end
      return true
    end
    for i = 4, 5 do
      step("n" .. i .. " joins")
      w:join("n" .. i)
      eventually(s(15), all_follow, "n" .. i .. " is a voter")
    end
    for i = 1, 2 do
      step("n" .. i .. " leaves")
      w:leave(w:node("n" .. i))
      wait(s(5))
      eventually(s(15), all_follow, "the others have a leader")
      wait(s(5))
    end
    step "one of the three crashes: two are a majority"
    w:crash(raft.followers(w)[1])
    wait(s(15))
    expect(raft.leader(w), "two of three elected nobody, so those who left still count")
  end,
}
