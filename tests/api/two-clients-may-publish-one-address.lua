-- API.md 4: several clients may publish one ip:port; it is listed until the last of them is gone.
-- same ip:port by two clients; 1.x details
return scenario { topology = { nodes = 3, clients = "nacos-client-1" }, story = function(w)
  local a, b, c = w:nodes()
  local k = w:client { name = "k", ip = "10.1.0.7", port = 8080, server = a }
  local m = w:client { name = "m", ip = "10.1.0.7", port = 8080, server = b }
  local g = w:client { name = "g", kind = "nacos-client-2", ip = "10.1.0.7", server = c }
  expect(k:register { service = "x" }) expect(m:register { service = "x" }) expect(g:register { service = "x" })
  wait(s(10))
  expect(#a:instances "x" == 1 and #b:instances "x" == 1, tostring(#a:instances "x"))
  expect(w:converged(), "conv") expect(#w:truth "x" == 1, tostring(#w:truth "x"))
  expect(w:all_know { k, m, g })
  expect(g:close())
  expect(#w:truth "x" == 1, "others still publish")
  wait(s(5)) expect(w:converged() and #a:instances "x" == 1)
  k:kill()
  wait(s(60)) expect(#a:instances "x" == 1, "m still beats") expect(w:converged())
  m:kill()
  local t = within(s(24), s(42), function() return #a:instances "x" == 0 and #b:instances "x" == 0 and #c:instances "x" == 0 end) log(t)
  local owner = 0 for _, n in ipairs { a, b, c } do if n:owns "10.1.0.7:8080" then owner = owner + 1 end end expect(owner == 1)
end }
