-- A server asks every peer that it has not talked to for five seconds whether it is still there.
-- Six servers report to one of five peers every 2 s, in turn: to each every 10 s, so a connection is idle between two
-- reports (pushes and VERIFYs do not count), and RpcClient checks every 5 s, for connections idle as long
-- (PROTOCOL.md 3.4). So each is asked in every 15 s.
return scenario {
  topology = { nodes = 6 },

  story = function(w)
    local nodes = { w:nodes() }
    wait(s(10))
    local watched = {}
    for i, from in ipairs(nodes) do
      for j, to in ipairs(nodes) do
        if i ~= j then
          watched[#watched + 1] = w:intercept { from = from, to = to, op = "HEALTH", action = "observe" }
        end
      end
    end
    wait(s(15) * 4)
    for _, one in ipairs(watched) do expect(one:seen() >= 3, "an idle connection was not looked after") end
  end,
}
