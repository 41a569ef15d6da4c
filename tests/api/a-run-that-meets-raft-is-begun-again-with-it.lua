-- API.md 9: without topology.raft, the first verb that needs a voter finds one; its voter has lived from the boot on.
return scenario { topology = { nodes = 3 },
 must_see = { "node.crash" },
 story = function(w)
  local a, b, c = w:nodes()
  wait(s(1))
  local leaders = 0
  for _, n in ipairs { a, b, c } do
    local r = n:raft()
    expect(r.role == "leader" or r.role == "follower", r.role)
    expect(math.type(r.term) == "integer" and r.commit >= r.applied and r.leader, "what a voter knows")
    if r.role == "leader" then leaders = leaders + 1 expect(r.leader == n.name, "a leader names itself") end
  end
  expect(leaders == 1, "one leads")
  expect(w:traffic { op = "APPEND" }.messages > 0, "nothing is sent")
  expect(w:traffic { op = "APPEND" }.bytes > bytes(0), "no bytes")
  w:crash(a)
  expect(a:raft() == nil, "it is down")
  local loss = w:intercept { op = "APPEND", action = "drop", nth = "all" }
  wait(s(15))
  expect(loss:seen() > 0, "an op like any other")
  expect(b:raft().leader == nil or c:raft().leader == nil or loss:seen() > 20, "nobody hears of a leader")
  loss:stop()
  w:disk({ b, c }, { latency = ms(10), torn = true, lose_unsynced = true }, s(1))
  w:wipe(a)
  w:restart(a)
  wait(s(15))
  expect(a:raft().leader, "all is well again")
 end }
