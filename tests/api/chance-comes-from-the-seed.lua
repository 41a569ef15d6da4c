-- API.md 2: between draws uniformly and anew at each call, one_of picks, shuffle keeps what it was
-- given, poisson has the mean of its rate.
return scenario {
  topology = { nodes = 1 },
  story    = function()
    local sum, low, high = s(0), 0, 0
    for _ = 1, 2000 do
      local d = between(s(1), s(2))
      expect(d >= s(1) and d <= s(2), "out of bounds")
      if d < s(1.25) then low = low + 1 elseif d > s(1.75) then high = high + 1 end
      sum = sum + d
    end
    expect(low > 400 and low < 600 and high > 400 and high < 600, "not uniform: " .. low .. " " .. high)
    expect(({ a = true, b = true })[one_of { "a", "b" }], "one_of")
    local cards = shuffle { 1, 2, 3, 4, 5 }
    table.sort(cards)
    expect(table.concat(cards) == "12345", "shuffle lost a card")
    local arrivals, t = 0, s(0)
    while t < s(1000) do arrivals, t = arrivals + 1, t + poisson(per_second(20)) end
    expect(arrivals > 19400 and arrivals < 20600, arrivals .. " arrivals in 1000 s at 20 per second")
  end,
}
