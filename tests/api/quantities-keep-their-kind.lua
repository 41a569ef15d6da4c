-- API.md 2: quantities of one kind add, subtract and compare, keep their kind times or over a
-- number, and give a number over their own kind; fractions are fine.
local kinds = { s(1), percent(1), kib(1), kbit(1), per_second(1) }

return scenario {
  params   = { cut_for = s(20), ahead = s(-31), share = ratio(1, 1000), on = true, text = "x" },
  topology = { nodes = 1 },
  story    = function(w, p)
    expect(p.ahead == s(-31) and p.share == percent(0.1) and p.on and p.text == "x", "params")
    expect(s(1.5) == ms(1500) and minutes(1) == s(60) and hours(1) == minutes(60), "durations")
    expect(s(1.001) == ms(1001) and s(1.118539) == us(1118539), "fractions that a double cannot hold")
    expect(percent(5) == ratio(5, 100) and ppm(50) == ratio(50, 1000000), "proportions")
    expect(mbit(1) == kbit(1000) and gbit(1) == mbit(1000) and mib(1) == kib(1024) and kib(1) == bytes(1024), "sizes")
    expect(per_minute(60) == per_second(1), "rates")
    for i, a in ipairs(kinds) do
      expect(a + a == 2 * a and a * 3 - a == a * 2 and a * 3 / a == 3 and a / 2 + a / 2 == a, tostring(a))
      expect(a < a * 2 and a <= a and a * 2 > a and not (a == a * 2), tostring(a))
      for k, b in ipairs(kinds) do
        if i ~= k then
          expect(not pcall(function() return a + b end) and not pcall(function() return a < b end), "mixed kinds")
          expect(a ~= b, "unlike kinds are unequal")
        end
      end
    end
    expect(not pcall(function() return s(1) + 1 end) and not pcall(function() return s(1) * s(1) end), "bare numbers")
    for text, q in pairs { ["1.118539s"] = us(1118539), ["1.5ms"] = us(1500), ["300ms"] = s(0.3), ["20.5s"] = s(20.5),
                           ["-31s"] = s(-31), ["90s"] = minutes(1.5), ["5%"] = percent(5), ["0b"] = bytes(0) } do
      expect(tostring(q) == text and "" .. q == text, tostring(q) .. " is not " .. text)
    end
    wait(s(2.5))
    expect(now() == ms(2500) and now() / s(1) == 2.5 and now() // s(1) == 2, "now")
  end,
}
