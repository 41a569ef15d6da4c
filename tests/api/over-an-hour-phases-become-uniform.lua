-- API.md 9, Timers: the phases of 200 1.x clients that registered within a tenth of a second are anywhere in the period
-- of their beats an hour later. The bound is Kolmogorov's and Smirnov's for one chance in a thousand.
return scenario {
  topology = { nodes = 2, lan = { rtt = us(300) } },
  story = function(w)
    local a = w:nodes()
    for i = 1, 200 do
      local k = w:client { name = "k" .. i, kind = "nacos-client-1", server = a }
      expect(k:register { service = "svc" }, "refused")
    end
    local function spread()
      local beats = w:intercept { to = a, op = "BEAT", nth = "all", action = "observe" }
      local begun = now()
      wait(s(5))
      beats:stop()
      local most = 0
      for i, t in ipairs(beats:times()) do
        local phase = (t - begun) / s(5)
        most = math.max(most, i / #beats:times() - phase, phase - (i - 1) / #beats:times())
      end
      return most, #beats:times()
    end
    local distance = spread()
    expect(distance > 0.5, "they did not begin together: " .. distance)
    wait(minutes(60))
    local count
    distance, count = spread()
    expect(count > 190, "only " .. count .. " beats came")
    expect(distance < 1.95 / math.sqrt(count), "far from uniform after an hour: " .. distance)
  end,
}
