-- API.md 4: an operation without an answer gives false and why; post does not wait.
-- unavailable, posts
return scenario { topology = { nodes = 2 }, story = function(w)
  local a, b = w:nodes()
  local k = w:client { name = "k", server = a }
  local h = w:client { name = "h", server = a, kind = "nacos-client-1" }
  wait(s(1))
  w:crash { a, b }
  local t0 = now()
  local p = k:post "register" { service = "x" }
  local p2 = k:post("register", { service = "y" })
  local ph = h:post "register" { service = "x" }
  expect(p:done() == nil and ph:done() == nil)
  wait(s(5))
  log(p:done()) log(p2:done()) log(ph:done())
  expect(p:done() == false and ph:done() == false)
  local ok, why = p:done() expect(type(why) == "string")
  local ok, why = k:subscribe "x" log("sub", ok, why)
  local ok, why = k:connect(b) log("connect", ok, why)
  local ok, why = k:deregister { service = "x" } log("dereg", ok, why)
  local ok, why = k:register_batch { service = "x", instances = { { port = 1 } } } log("batch", ok, why)
  w:restart { a, b }
  wait(s(20))
  eventually(s(30), function() return w:converged() end)
  for _, i in ipairs(w:truth "x") do log(i.ip, i.port, i.client) end
  for _, i in ipairs(w:truth "y") do log(i.ip, i.port, i.client) end
  log("services", table.concat(a:services(), ","))
  local p = k:post "close"
  wait(ms(10)) log(p:done())
end }
