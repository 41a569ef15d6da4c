-- API.md 4: with calls the calls that a starts fail at once; calls of b and their answers pass.
return scenario { topology = { nodes = 2 }, story = function(w)
  local a, b = w:nodes()
  local ka = w:client { server = a, name = "ka" }
  local kb = w:client { server = b, name = "kb" }
  wait(s(1))
  w:cut(a, b, { calls = true })
  expect(ka:register { service = "x" }) expect(kb:register { service = "x" })
  wait(s(10))
  expect(a:knows(kb) and b:counters(a).sync_ok >= 1 and b:counters(a).sync_failed == 0, "b's")
  expect(not b:knows(ka))
  wait(s(30))
  log(a:state().members.n2, b:state().members.n1)
  expect(not b:knows(ka) and b:state().members.n1 == "UP")
  w:heal()
  eventually(s(20), function() return w:converged() end)
end }
