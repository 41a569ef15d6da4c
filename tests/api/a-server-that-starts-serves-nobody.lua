-- Beyond the first edition of API.md: with distrosim.startTime a server that boots answers 300 to clients that connect, and is not there
-- over HTTP, for that long; meanwhile it loads.
return scenario {
  topology = { nodes = 2, settings = { ["distrosim.startTime"] = s(10) } },
  must_see = { "message.refused" },
  story = function(w)
    local a, b = w:nodes()
    expect(a:state().rpc.n2 and b:state().rpc.n1, "at 0 all have started")
    w:restart(b)
    local k = w:client { server = b }
    local h = w:client { server = b, kind = "nacos-client-1" }
    wait(s(5))
    expect(b:state().initialised and b:state().rpc.n1, "it has not loaded")
    expect(not a:state().rpc.n2 and k:server() ~= b, "it serves while it starts")
    h:post "register" { service = "x" }
    wait(s(1))
    expect(h:server() ~= b, "it serves HTTP while it starts")
    eventually(s(4) + s(3), function() return a:state().rpc.n2 end, "it has started")
    local late = w:client { server = b }
    wait(s(1))
    expect(late:server() == b, "it turns clients away")
  end,
}
