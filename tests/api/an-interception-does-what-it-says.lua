-- API.md 4: each action of w:intercept, nth, after, before, chance; w:heal() does not end it.
return scenario { topology = { nodes = 3 }, story = function(w)
  local a, b, c = w:nodes()
  local k = w:client { server = a, name = "k" }
  -- quiet verify: stop it from repairing: intercept all verify a->b
  local function quiet() end
  local v = w:intercept { from = a, op = "VERIFY", action = "drop", nth = "all" }
  local d = w:intercept { from = a, to = b, op = "CHANGE", nth = 1, action = "drop" }
  local o = w:intercept { from = a, to = b, op = "CHANGE", action = "observe" }
  local t0 = now()
  expect(k:register { service = "x" })
  eventually(s(2), function() return c:knows(k) end)
  expect(not b:knows(k))
  eventually(s(10), function() return b:knows(k) end)
  log("drop", now() - t0, d:seen(), #d:times(), d:times()[1], o:seen(), o:times()[2])
  expect(d:seen() == 1 and o:seen() == 2)
  -- retry: first at ~1.1 s, time-out 3 s, retry delay 3 s
  local gap = o:times()[2] - o:times()[1]
  expect(gap >= s(6) and gap < s(6.3), tostring(gap))
  d:stop()
  -- delay
  local dl = w:intercept { from = a, to = b, op = "CHANGE", action = "delay", by = s(2) }
  local t0 = now() k:update { service = "x", metadata = { v = "1" } }
  eventually(s(2), function() return c:instances("x")[1].metadata.v == "1" end) local tc = now()
  eventually(s(5), function() return b:instances("x")[1].metadata.v == "1" end)
  log("delay", now() - tc)  expect(now() - tc >= s(1.9) and now() - tc <= s(2.2))
  expect(a:counters(b).sync_failed == 1)
  -- drop_reply: applied, but answer lost
  local f0 = a:counters(b).sync_failed
  local dr = w:intercept { from = a, to = b, op = "CHANGE", action = "drop_reply" }
  k:update { service = "x", metadata = { v = "2" } }
  eventually(s(2), function() return b:instances("x")[1].metadata.v == "2" end)
  wait(s(4)) expect(a:counters(b).sync_failed == f0 + 1, "lost answer counts as failed")
  expect(dr:seen() == 1)
  wait(s(4))
  -- delay_reply
  local ok0 = a:counters(b).sync_ok
  w:intercept { from = a, to = b, op = "CHANGE", action = "delay_reply", by = s(2) }
  k:update { service = "x", metadata = { v = "3" } }
  eventually(s(2), function() return b:instances("x")[1].metadata.v == "3" end)
  wait(s(1)) expect(a:counters(b).sync_ok == ok0) wait(s(1.1)) expect(a:counters(b).sync_ok == ok0 + 1)
  -- refuse_apply FAIL
  local ra = w:intercept { from = a, to = b, op = "CHANGE", action = "refuse_apply" }
  local f0 = a:counters(b).sync_failed
  k:update { service = "x", metadata = { v = "4" } }
  eventually(s(2), function() return c:instances("x")[1].metadata.v == "4" end)
  wait(ms(50))
  expect(b:instances("x")[1].metadata.v == "3" and a:counters(b).sync_failed == f0 + 1)
  eventually(s(4), function() return b:instances("x")[1].metadata.v == "4" end)
  -- refuse_apply OK
  local ra = w:intercept { from = a, to = b, op = "CHANGE", action = "refuse_apply", reply = "ok" }
  k:update { service = "x", metadata = { v = "5" } }
  wait(s(10))
  expect(b:instances("x")[1].metadata.v == "4" and c:instances("x")[1].metadata.v == "5", "silently lost")
  v:stop()
  log("verify dropped", v:seen())
  eventually(s(6), function() return b:instances("x")[1].metadata.v == "5" end, "verify repairs")
  -- duplicate
  local ap = b:counters().applied
  w:intercept { from = a, to = b, op = "CHANGE", action = "duplicate" }
  k:update { service = "x", metadata = { v = "6" } }
  wait(s(3))
  log("applied", b:counters().applied - ap)
  -- nth list, after, before
  local l = w:intercept { from = a, to = b, op = "CHANGE", nth = { 2, 3 }, action = "observe" }
  local l2 = w:intercept { from = a, to = b, op = "CHANGE", nth = { 2, 3 }, action = "delay", by = ms(1) }
  local aft = w:intercept { from = a, to = b, op = "CHANGE", nth = "all", action = "delay", by = ms(1), after = now() + s(4), before = now() + s(10) }
  local ch = w:intercept { from = a, op = "VERIFY", chance = percent(50), action = "delay", by = ms(1) }
  for i = 1, 5 do k:update { service = "x", metadata = { v = "l" .. i } } wait(s(3)) end
  log("lists", l:seen(), l2:seen(), aft:seen(), ch:seen())
  expect(l:seen() == 5 and l2:seen() == 2)
  for _, t in ipairs(aft:times()) do log(t) end
  w:heal()
  local still = w:intercept { from = k, op = "UPDATE" == 1 and "x" or "REGISTER", to = a, action = "drop", nth = "all" }
  w:heal()
  local t = now()
  local ok, why = k:register { service = "x2" }
  log(ok, why, now() - t)
  expect(not ok and still:seen() >= 1)
  still:stop()
  eventually(s(6), function() return a:knows(k) end, "redo")
end }
