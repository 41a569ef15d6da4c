-- API.md 4: fields of a fleet, sites of clients, and random faults that keep as many nodes up as it was told.
return scenario { topology = { sites = { e = 2, x = 2 }, wan = { rtt = ms(20) } },
 story = function(w)
  local f = w:fleet { name = "f", kind = "nacos-client-2", clients = 100, services = 10, instances = 2, spread = "zipf", sites = { e = 0.75, x = 0.25 }, payload = bytes(200), at = "start", over = s(2) }
  wait(s(5))
  local n = 0
  for i = 1, 10 do n = n + #w:truth("f.svc-" .. i) end
  log("n", n)
  local sx = w:site "x" expect(#sx == 2 and sx[1].site == "x", "site")
  local kx = w:client { name = "kx", server = "x" }
  wait(s(2))
  expect(kx:server().site == "x", "site limits the list")
  w:chaos { for_ = minutes(2), crash = per_minute(6), pause = per_minute(6), partition = per_minute(2), clock = per_minute(1), link = per_minute(2), keep = 3 }
  always(function() return #w:live_nodes() >= 3 end, "keep")
  wait(minutes(2) + s(1))
  expect(#w:live_nodes() == 4, "ends healed")
 end }
