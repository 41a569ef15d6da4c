-- API.md 4: with oneway what a sends, its answers too, never reaches b; what b sends reaches a.
return scenario { topology = { nodes = 2 }, story = function(w)
  local a, b = w:nodes()
  local ka = w:client { server = a, name = "ka" }
  local kb = w:client { server = b, name = "kb" }
  wait(s(1))
  w:cut(a, b, { oneway = true })
  expect(ka:register { service = "x" }) expect(kb:register { service = "x" })
  wait(ms(4900))
  log("a knows kb", a:knows(kb), "b knows ka", b:knows(ka))
  expect(a:knows(kb), "b's packets reach a")
  expect(not b:knows(ka))
  expect(b:counters(a).sync_ok == 0 and b:counters(a).sync_failed >= 1, "the answer is lost " .. b:counters(a).sync_ok)
  w:heal(a, b)
  eventually(s(20), function() return w:converged() end)
end }
