-- API.md 4: where a fleet's clients sit, that its churn has the asked rates, and that it publishes what its
-- members do: who left counts no more, until none is left.
return scenario {
  topology = { sites = { east = 2, west = 1 }, wan = { rtt = ms(30) } },
  story = function(w)
    local west = w:node "west/n1"
    local f = w:fleet { name = "web", clients = 1000, services = 100, sites = { east = percent(70), west = percent(30) } }
    local late = w:fleet { clients = 50, services = 5, server = west, kind = "nacos-client-1", at = s(5), over = s(10) }
    expect(not w:all_know(f) and not w:all_know(late), "known before it began")
    eventually(s(10), function() return w:all_know "web" end, "web is known")
    expect(not w:all_know { f, late }, "the late one has not begun")
    eventually(s(20), function() return w:all_know { f, late } and w:converged() end, "both known")
    local owned = west:state().owned
    expect(owned > 250 and owned < 380, "a third of web is at west: " .. owned)

    local before = #w:truth()
    f:churn { register = per_second(20), for_ = s(100) }
    wait(s(101))
    local joined = #w:truth() - before
    expect(joined > 1850 and joined < 2150, joined .. " joined in 100 s at 20 per second")
    before = #w:truth()
    f:churn { close = per_second(5), for_ = s(100) }
    wait(s(101))
    local left = before - #w:truth()
    expect(left > 420 and left < 580, left .. " left in 100 s at 5 per second")
    before = #w:truth()
    f:close(100)
    f:kill(50)
    expect(before - #w:truth() == 150, "close and kill take a client out at once")
    eventually(s(40), function() return w:converged() end, "the dead are forgotten")
    expect(w:all_know(f), "those who stayed are known")
    late:close(50)
    eventually(s(10), function() return w:none_knows(late) end, "nobody is left of the late one")
    expect(not w:all_know(late), "nobody is left of the late one")
  end,
}
