-- Who leads a Raft group, and waiting for it.
local raft = {}

--- What Raft promises, for the field `always`.
raft.safety = {
  checks.election_safety {}, checks.log_matching {}, checks.leader_completeness {},
  checks.state_machine_safety {}, checks.linearizable_writes {},
}

--- The live server that leads, of the newest term if two believe it; nil if none does.
function raft.leader(w)
  local newest, leader = -1, nil
  for _, n in ipairs(w:live_nodes()) do
    local state = n:raft()
    if state and state.role == "leader" and state.term > newest then
      newest, leader = state.term, n
    end
  end
  return leader
end

--- The live servers that do not lead, in order.
function raft.followers(w)
  local leader, others = raft.leader(w), {}
  for _, n in ipairs(w:live_nodes()) do
    if n ~= leader then others[#others + 1] = n end
  end
  return others
end

--- How many healthy instances of `service` a consumer sees: a function of the consumer.
function raft.healthy(service)
  return function(consumer)
    local count = 0
    for _, instance in ipairs(consumer:sees(service)) do
      count = count + (instance.healthy and 1 or 0)
    end
    return count
  end
end

--- Waits until another than `former` leads; returns it and how long that took.
function raft.await_leader(w, former, latest)
  local took = within(s(0), latest, function()
    local leader = raft.leader(w)
    return leader ~= nil and leader ~= former
  end, "another leader")
  return raft.leader(w), took
end

return raft
