-- API.md 5, 6: time and flow, what must hold, and what they return.
return scenario { topology = { nodes = 3 },
 story = function(w)
  local a,b,c = w:nodes()
  expect(not pcall(at, s(0) - s(0) , function() end) or true, "x")
  wait(s(5))
  expect(not pcall(at, s(1), function() end), "at gone by is an error")
  local n = 0
  local h = every(s(1), function() n = n + 1 end)
  wait(s(3.5)) h:stop() local m = n wait(s(3)) expect(n == m and (n == 3 or n == 4), "every " .. n)
  local flag = false
  after(s(2), function() wait(s(1)) flag = true end)
  local took = within(s(2), s(4), function() return flag end, "flag")
  expect(took >= s(3) and took < s(3.2), "took " .. tostring(took))
  local wt = watch(function() return flag end)
  expect(wt:first() == now() and #wt:spans() == 1 and wt:spans()[1].to == nil, "watch")
  local al = always(function() return true end, "t") al:stop()
  local nv = never(function() return false end, "t") nv:stop()
  measure("x", s(1)) measure("y", 3) measure("z", mib(1))
  budget { ["convergence.p99"] = s(12), ["wan.bytes"] = mib(5) }
  local k = w:client { server = a } k:register { service = "q" }
  wait(s(3))
  w:settle { quiet = s(10), within = minutes(3) }
  expect(w:agree() and w:converged() and w:none_knows { service = "nix", ip = "1.1.1.1", port = 1 } ~= nil, "pred")
  w:crash(c)
  expect(w:all_know(k), "live nodes only")
  wait_until(now() + s(1))
  spawn(function() wait(s(1)) log("a", 1, s(1)) end)
  wait(s(2))
 end }
