-- However long a server was away, the others have a connection to it five seconds after it is back.
-- After the k-th failed attempt in a row RpcClient waits k * 100 ms, but never more than 5 s (PROTOCOL.md 3.4);
-- then come three round trips.
return scenario {
  params   = { away = minutes(45) },
  topology = { nodes = 4, lan = { rtt = ms(1) } },
  must_see = { "rpc.lost" },

  story = function(w, p)
    local a, b, c, d = w:nodes()
    w:crash(d)
    wait(p.away)
    wait(between(s(0), s(30))) -- any phase of the longest pause, were there no limit
    w:restart(d)
    eventually(s(5) + ms(10), function()
      return a:state().rpc.n4 and b:state().rpc.n4 and c:state().rpc.n4
    end, "the others have found it")
  end,
}
