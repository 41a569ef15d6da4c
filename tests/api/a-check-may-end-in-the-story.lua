-- API.md 6: what `always` watches, ready-made checks too, it watches until handle:stop().
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local empty = always(checks.no_empty_service { grace = s(0) })
    local agree = always(function() return w:agree() end, "they agree")
    wait(s(10))
    empty:stop()
    agree:stop()
    empty:stop()
    local k = w:client { server = "n1" }
    expect(k:register { service = "x" }, "refused")
    wait(ms(10))
    expect(w:node "n2":count() == 0, "n2 heard of it at once, so nothing was violated")
    wait(s(10))
  end,
}
