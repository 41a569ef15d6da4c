-- API.md 4: groups of a partition; nodes in no group can talk to none; cuts leave clients alone.
return scenario { topology = { nodes = 5 }, must_see = { "link.cut", "link.heal" },
 story = function(w)
  local a, b, c, d, e = w:nodes()
  local k = w:client { server = a }
  expect(k:register { service = "x" })
  eventually(s(7), function() return w:all_know(k) end)
  w:partition("n1", {"n2", "n3"})
  -- d and e can talk to none
  local k1 = w:client { server = a, name = "k1" }
  local k2 = w:client { server = b, name = "k2" }
  local k3 = w:client { server = d, name = "k3" }
  expect(k1:register { service = "y" }) expect(k2:register{service="y"}) expect(k3:register{service="y"})
  expect(k1:server() == a and k2:server() == b and k3:server() == d, "cuts leave clients alone")
  wait(s(30))
  expect(b:knows(k2) and c:knows(k2) and not a:knows(k2) and not d:knows(k2) and not e:knows(k2))
  expect(not c:knows(k1) and a:knows(k1) and not e:knows(k3) and d:knows(k3))
  expect(not e:knows "k3" and c:knows "k2")
  expect(a:state().members.n2 ~= "UP" and b:state().members.n3 == "UP", a:state().members.n2)
  expect(not w:agree() and not w:converged())
  w:heal()
  local took = within(us(0), s(20), function() return w:converged() end, "conv")
  log("healed in", took)
  expect(w:agree() and w:all_know { k, k1, "k2", {k3} })
 end }
