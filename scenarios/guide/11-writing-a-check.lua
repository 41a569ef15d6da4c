-- No two servers differ by more than three instances for longer than 5 s, while clients come and go.
-- A server lags by a push, 1.1 s; one client a second comes or goes.
local function differ(w, limit)
  local least, most = math.huge, 0
  for _, server in ipairs(w:live_nodes()) do
    least, most = math.min(least, server:count()), math.max(most, server:count())
  end
  return most - least > limit
end

return scenario {
  params   = { limit = 3 },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story = function(w, p)
    local fleet = w:fleet { name = "shops", clients = 50, services = 10, over = s(5) }
    wait(s(10))
    -- A condition may fail for a moment; how long it failed is measured from event to event.
    local since
    never(function(world)
      since = differ(world, p.limit) and (since or now()) or nil
      return since ~= nil and now() - since > s(5)
    end, "two servers differ for longer than 5 s")
    local apart = watch(function(world) return differ(world, p.limit) end)

    step "churn"
    fleet:churn { register = per_second(1), close = per_second(1), for_ = minutes(2) }
    wait(minutes(2))
    step "quiet"
    wait(s(10))
    measure("stretches with more than " .. p.limit .. " apart", #apart:spans())
    budget { ["convergence.p99"] = s(1.3) }
  end,
}
