-- API.md 9, Timers: each period of a fixed delay lasts up to distrosim.timerLateness longer, by its own draw.
return scenario {
  topology = { nodes = 2, lan = { rtt = ms(1) }, settings = { n2 = { ["distrosim.timerLateness"] = s(0) } } },
  story = function(w)
    local a, b = w:nodes()
    for i, n in ipairs { a, b } do expect(w:client { name = "k" .. i, server = n }:register { service = "x" }, "refused") end
    local late = w:intercept { from = a, op = "VERIFY", nth = "all", action = "observe" }
    local exact = w:intercept { from = b, op = "VERIFY", nth = "all", action = "observe" }
    wait(s(120))
    local function periods(handle)
      local times, least, most = handle:times(), s(10), s(0)
      for i = 2, #times do
        local period = times[i] - times[i - 1]
        if period < least then least = period end
        if period > most then most = period end
      end
      return least, most
    end
    local least, most = periods(late)
    expect(least >= s(5) and most <= s(5.002) and most > least, "n1's periods are " .. tostring(least) .. " to " .. tostring(most))
    least, most = periods(exact)
    expect(least == s(5) and most == s(5), "n2's periods are " .. tostring(least) .. " to " .. tostring(most))
  end,
}
