-- API.md 4: chaos keeps nodes up as told and ends healed.
return scenario { topology = { nodes = 5 }, must_see = { "node.crash", "link.cut" }, story = function(w)
  local f = w:fleet { clients = 100, services = 10 }
  wait(s(10))
  local least = 5
  local h = watch(function() local n = #w:live_nodes() if n < least then least = n end return n < 5 end)
  w:chaos { for_ = minutes(10), crash = per_minute(4), partition = per_minute(1), pause = per_minute(2), clock = per_minute(2), link = per_minute(2), keep = 3 }
  log("chaos returned at", now())
  wait_until(s(10) + minutes(10) + s(1))
  log("least", least, #h:spans(), #w:live_nodes())
  expect(least >= 3)
  expect(#w:live_nodes() == 5, "ends healed")
  eventually(minutes(5), function() return w:converged() end)
end }
