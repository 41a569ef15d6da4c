-- API.md 9, Starts: with distrosim.startTime a server that boots answers 300 to clients that connect, and is not there
-- over HTTP, for that long. It begins to load at 0.8 of it; 5 s after it its reports begin, and it is UP once.
return scenario {
  topology = { nodes = 2, settings = { ["distrosim.startTime"] = s(20) } },
  must_see = { "message.refused", "member.down", "member.up" },
  story = function(w)
    local a, b = w:nodes()
    expect(a:state().rpc.n2 and b:state().rpc.n1, "at 0 all have started")
    w:crash(b)
    wait(s(16))
    expect(a:state().members.n2 == "DOWN", "n1 does not hold n2 for DOWN")
    local up = watch(function() return a:state().members.n2 == "UP" end)
    local loaded = watch(function() return b:state() and b:state().initialised end)
    local started = now()
    w:restart(b)
    local k = w:client { server = b }
    local h = w:client { server = b, kind = "nacos-client-1" }
    wait(s(15.9))
    expect(b:state().rpc.n1 and not loaded:first(), "it loads before 0.8 of its start")
    wait(s(1))
    expect(b:state().initialised, "it has not loaded")
    expect(not a:state().rpc.n2 and k:server() ~= b, "it serves while it starts")
    h:post "register" { service = "x" }
    wait(s(1))
    expect(h:server() ~= b, "it serves HTTP while it starts")
    eventually(s(2.1) + s(3), function() return a:state().rpc.n2 end, "it has started")
    local late = w:client { server = b }
    wait(s(1))
    expect(late:server() == b, "it turns clients away")
    wait(s(30))
    expect(#up:spans() == 1 and up:first() > started + s(20), "it is UP before it answers, or more than once")
  end,
}
