-- API.md 5: at is absolute, after and every count from now, each f is a coroutine and may wait, a handle may be
-- stopped from inside, and a time gone by is an error.
return scenario {
  topology = { nodes = 1 },
  story    = function(w)
    local seen = {}
    local function note(what) seen[#seen + 1] = what .. "@" .. now() end
    at(s(5), function() note "at" wait(s(1)) note "later" end)
    after(s(2), function() note "after" end)
    local ticks = 0
    local handle
    handle = every(s(1), function()
      ticks = ticks + 1
      note "tick"
      if ticks == 3 then handle:stop() end
    end)
    spawn(function()
      wait(s(1.5))
      spawn(function() wait(ms(1)) note "inner" end)
    end)
    wait_until(s(10))
    local told = table.concat(seen, " ")
    expect(told == "tick@1s inner@1.501s after@2s tick@2s tick@3s at@5s later@6s", told)
    expect(not pcall(at, s(1), note) and not pcall(wait_until, s(9)) and not pcall(wait, s(-1)), "a time gone by")
    expect(not pcall(wait, 5), "a bare number")
    wait(s(0))
    wait_until(now())
    expect(now() == s(10), "no time is no time")

    local begun = now()
    expect(within(s(0), s(1), function() return true end) == s(0), "within at once")
    local took = within(s(2), s(4), function() return now() - begun >= s(3) end)
    expect(took >= s(3) and took <= s(3.1), "looked every 100 ms: " .. took)
    local before = now()
    w:settle { quiet = s(3), within = minutes(1) }
    expect(now() >= before, "settle")
    wait(hours(30))
    expect(now() > hours(30), "hours")
  end,
}
