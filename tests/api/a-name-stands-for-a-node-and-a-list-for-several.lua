-- API.md 4: a name stands for a node wherever a node is expected, and a list for several; what is down says false, 0 or {}.
return scenario { topology = { nodes = 5 },
 story = function(w)
  local a,b,c,d,e = w:nodes()
  expect(w:node "n2" == b, "handle equality")
  w:pause({ "n1", b }, s(1)) wait(s(2))
  w:slow({ "n1", "n2" }, 2, s(1)) wait(s(2))
  w:clock("n3", { offset = s(-3) }) w:clock({ a, "n2" }, { step = s(1), drift = ppm(50) })
  w:crash { "n1", "n2" }
  expect(not a:alive() and not b:alive(), "crash list")
  expect(a:count() == 0 and a:digest() ~= nil, "reading down")
  expect(#a:instances("x") == 0 and #a:services() == 0 and next(a:state()) == nil and next(a:counters()) == nil and a:owns("1.1.1.1:1") == false, "reading a node that is down")
  expect(#w:live_nodes() == 3, "live")
  w:restart { "n1", "n2" }
  w:upgrade({ "n4", e }, "nacos-2.3")
  w:stop("n5") expect(not e:alive(), "stop") w:restart(e)
  wait(s(10))
  w:set_members("n1", { "n1", "n2" })
  wait(s(1))
  local m = a:state().members
  expect(m.n2 and not m.n3, "own list")
  expect(b:state().members.n3, "only its own")
  w:isolate { a, "n2" }
  w:heal()
  w:blackhole { "n1" } w:heal("n1", { "n2", "n3" })
  w:ring { "n1", b, c, "n4" } w:heal()
  w:bridge("n1", { "n2", "n3" }, { d }) w:heal()
  w:flap("n1", { "n2", "n3" }, { down = s(1), up = s(1), times = 2 }) wait(s(5))
  w:clog({ "n1" }, "n2", s(1))
  w:leave("n5") wait(s(1)) expect(not a:state().members.n5 and not e:alive(), "left")
  local j = w:join "x1"
  expect(j.name == "x1", "name")
  wait(s(10))
  expect(b:state().members.x1 == "UP", "in every list")
  w:heal()
 end }
