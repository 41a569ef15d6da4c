-- What scenarios naturally write: metatables, pcall around waiting, tasks inside tasks, lists of nodes, names beyond
-- ASCII, operations from at(), handles that stop themselves, membership that changes meanwhile.
local shops = {}
local Shop = {} Shop.__index = Shop
function Shop.new(w, n) return setmetatable({ k = w:client { name = n } }, Shop) end
function Shop:open() return self.k:register { service = "shop-" .. self.k.name } end
return scenario { topology = { nodes = 3 }, story = function(w)
  local a, b, c = w:nodes()
  local s1 = Shop.new(w, "店-ü") expect(s1:open()) 
  expect(s1.k.name == "店-ü")
  for i, n in ipairs(w:live_nodes()) do expect(n.name == ("n%d"):format(i)) end
  local ok = pcall(function() eventually(s(5), function() return w:all_know(s1.k) end) end)
  expect(ok)
  local ok, e = xpcall(function() error { code = 7 } end, function(e) return e end) expect(e.code == 7)
  local t = table.pack(w:nodes()) expect(t.n == 3)
  w:pause(t, us(1)) w:heal(a, t)
  expect(rawequal(1, 1) and rawlen({1}) == 1 and rawget({ a = 1 }, "a") == 1 and tonumber "5" == 5 and #table.pack(1,2) == 2)
  local co = coroutine and coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end)
  if co then expect(co() == 1 and co() == 2) end
  local results = {}
  for i = 1, 3 do spawn(function() local k = w:client { name = "s" .. i } results[i] = k:register { service = "par" } 
     eventually(s(9), function() return w:all_know(k) end) results["e" .. i] = now() end) end
  wait(s(9.5))
  expect(results[1] and results[2] and results[3] and results.e1 and results.e3)
  w:upgrade(b, "nacos-2.3") 
  expect(b:alive() and #b:instances "par" == 0)
  eventually(s(10), function() return b:state().initialised and w:converged() end)
  w:pause(c, s(3)) expect(c:alive())
  w:slow(c, 10, s(3))
  w:clock(c, { offset = s(-31), drift = ppm(100) }) w:clock(c, { step = s(3) })
  wait(s(20)) expect(w:converged())
  w:stop(c) expect(not c:alive()) expect(#w:live_nodes() == 2 and select("#", w:nodes()) == 3)
  expect(c:knows(s1.k) == false)
  w:restart(c) w:restart(c) 
  eventually(s(20), function() return w:converged() end)
  w:crash(c) w:crash(c) w:stop(c)
  w:restart(c)
  local d = w:join("n4") expect(d.name == "n4" and d.address == "10.0.0.4:8848")
  local e = w:join("n5") 
  eventually(s(20), function() return w:converged() and e:state().initialised end)
  w:leave { d, "n5" }
  local h h = every(s(1), function() w:set_members(a, w:live_nodes()) h:stop() end)
  w:intercept { from = a, to = b, op = "VERIFY", nth = { 1, 3 }, action = "delay", by = s(0) }
  w:partition("n1", { "n2", "n3" })
  wait(s(3)) w:cut({ a, b }, c) w:heal()
  expect(w:traffic { from = a, to = "n2", op = "CHANGE" }.bytes >= bytes(0))
  local k = w:client { name = "posted" }
  at(now() + s(1), function() local ok = k:register { service = "at" } expect(ok) w:heal() end)
  wait(s(30))
  expect(w:all_know("posted"))
  expect(w:none_knows { service = "nope", ip = "1.2.3.4", port = 1 })
  expect(not w:all_know { service = "nope", ip = "1.2.3.4", port = 1 })
  wait(hours(30))
  expect(w:converged())
  measure("x", 3) measure("d", s(3)) measure("r", percent(4))
  local spans = watch(function() return true end):spans()
  expect(#spans == 1 and spans[1].to == nil and spans[1].from == now())
end }
