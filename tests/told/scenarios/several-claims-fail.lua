-- Two budgets are spent, and what never may be is twice.
return scenario {
  topology = { nodes = 3 },
  budget   = { messages = 1, lost = s(0) },
  story    = function(w)
    never(function() return not w:agree() end, "they never differ")
    local k = w:client { server = "n1" }
    for i = 1, 2 do
      expect(k:register { service = "s" .. i }, "refused")
      wait(s(10))
    end
  end,
}
